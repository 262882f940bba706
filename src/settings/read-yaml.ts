/** A YAML mapping, each value as it was written; empty text is an empty one. Rejects with what the text is not. */
export async function readYaml(text: string): Promise<object> {
  const { parseDocument } = await import('yaml');
  // The failsafe schema keeps every value as it was written: an account id keeps its leading zero.
  const document = parseDocument(text, { schema: 'failsafe' });
  const fault = document.errors[0];
  // Only the first line: the rest quotes the file, which may hold secrets.
  if (fault) throw new Error(`is not valid YAML: ${fault.message.split('\n', 1)[0]}`);
  const content: unknown = document.toJS();
  if (content === null || content === '') return {};
  if (typeof content !== 'object' || Array.isArray(content))
    throw new Error('must hold settings as "name: value" lines');
  return content;
}
