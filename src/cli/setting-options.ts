import { readFileSync } from 'node:fs';
import { Option, type Command } from 'commander';
import { loadSettings, SETTING_OPTIONS, type Settings } from '../settings/settings.ts';

/** Gives a command the flag of every setting. */
export function addSettingOptions(command: Command): Command {
  for (const { flag, placeholder, text, variable, fallback } of SETTING_OPTIONS) {
    const value = placeholder === null ? '' : ` <${placeholder}>`;
    const origin = fallback === '' ? variable : `${variable}, default ${fallback}`;
    command.addOption(new Option(`--${flag}${value}`, `${text} (${origin})`));
  }
  return command;
}

/** The settings of this process, from a command's parsed flags. Throws SettingsError. */
export function readSettings(flags: Readonly<Record<string, unknown>>): Promise<Settings> {
  return loadSettings({ flags, env: process.env, readFile: (path) => readFileSync(path, 'utf8') });
}
