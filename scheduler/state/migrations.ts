/** One list of statements for each version of the state store. Append-only: one that has shipped is never changed. */
export const migrations: readonly (readonly string[])[] = [
  [
    'create table meta (key text primary key, value text not null)',
    'create table counter (name text primary key, value integer not null)',
    `create table run (id text primary key, slot text not null unique, state text not null,
       created_at integer not null, ended_at integer)`,
    `create table step (run text not null, id text not null, ordinal integer not null, risk integer not null,
       spec text not null, state text not null, remaining integer not null, attempt integer not null,
       crashes integer not null, token integer not null, holder text, lease_until integer not null,
       ready_at integer not null, started_at integer, ended_at integer, report text, fault text,
       primary key (run, id))`,
    'create index step_state on step (state)',
    'create table edge (run text not null, parent text not null, child text not null, primary key (run, parent, child))',
    `create table interval (pipeline text not null, connection text not null, from_at text not null,
       to_at text not null, state text not null, run text not null, primary key (pipeline, connection, from_at))`,
    `create table lease (name text primary key, holder text not null, command text not null,
       since integer not null, until integer not null)`,
    'create table resume (step text not null, name text not null, value text not null, primary key (step, name))',
    `create table journal (sync text not null, connection text not null, key text not null, ordinal integer not null,
       entry text not null, primary key (sync, connection, key))`,
    'create index journal_ordinal on journal (ordinal)',
    'create table event (at integer not null, run text not null, step text not null, what text not null, facts text not null)',
    'create index event_run on event (run, step)',
    `insert into counter values ('token', 0)`,
  ],
  [`alter table run add column kind text not null default 'night'`],
  ['create table pool (name text primary key, rests_until integer not null)'],
  ['alter table step add column pool text', 'alter table step add column priority integer not null default 0'],
  [
    `create table alert (id text primary key, trouble text not null, facts text not null, opened_at integer not null,
       closed_at integer, acked text)`,
    'create unique index alert_open on alert (trouble) where closed_at is null',
    `create table notice (alert text not null, route text not null, what text not null, nth integer not null,
       state text not null, at integer not null, due_at integer not null, tries integer not null, holder text,
       lease_until integer not null, sent_at integer, why text, primary key (alert, route, what, nth))`,
    'create table mute (name text primary key, until integer not null, who text not null, why text not null, at integer not null)',
    /** What runs of streams had closed was forgotten up to the newest: a pipeline of theirs is taken to be closed from its first interval on. */
    `update interval set to_at = (select max(newest.to_at) from interval as newest where newest.state = 'closed'
         and newest.pipeline = interval.pipeline and newest.connection = interval.connection)
       where state = 'closed'
         and from_at = (select min(oldest.from_at) from interval as oldest where oldest.state = 'closed'
           and oldest.pipeline = interval.pipeline and oldest.connection = interval.connection)
         and exists (select 1 from interval as streamed where streamed.run like 'stream-%'
           and streamed.pipeline = interval.pipeline and streamed.connection = interval.connection)`,
  ],
]
