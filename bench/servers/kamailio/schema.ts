import { ha1Of, kamailioUsers, REALM } from './kamailio.ts';

/** Kamailio's own tables as far as auth_db needs them, with all users. */
export function authDbSql(): string {
  const rows = kamailioUsers().map((user) => `('${user.username}','${REALM}','${ha1Of(user)}')`);
  return `
    CREATE TABLE version (table_name varchar(32) PRIMARY KEY, table_version integer NOT NULL);
    INSERT INTO version VALUES ('subscriber', 7);
    CREATE TABLE subscriber (
      id serial PRIMARY KEY,
      username varchar(64) NOT NULL,
      domain varchar(64) NOT NULL,
      password varchar(64) NOT NULL DEFAULT '',
      ha1 varchar(128) NOT NULL,
      ha1b varchar(128) NOT NULL DEFAULT '',
      UNIQUE (username, domain));
    INSERT INTO subscriber (username, domain, ha1) VALUES ${rows.join(',')};
    ANALYZE subscriber;`;
}
