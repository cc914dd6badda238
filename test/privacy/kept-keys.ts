import { createDecipheriv } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { EventStoreDBClient } from '@eventstore/db-client';
import { personalFieldsOf } from '#postgres';
import { masterKeysIn } from '#privacy';
import { views } from '#read-models';
import { keyFor, masterKeyFile, type Session, subjectKeysFile } from '#system';

/** Something that was sealed, and the name of a field that stands in it. */
export type Sealed = Readonly<{ where: string; box: Buffer; fields: readonly string[] }>;

type Stored = { personal?: readonly { subject: string; sealed: string; fields: string[] }[] };

/** Everything that was sealed for a person, in the log and in the views. */
export const sealedFor = async ({ sql, stores }: Session, subject: string): Promise<readonly Sealed[]> => {
  const found: Sealed[] = [];
  const client = EventStoreDBClient.connectionString(stores.eventStoreUrl);
  for await (const { event } of client.readAll()) {
    const { personal = [] } = { ...(event?.metadata as Stored) };
    const part = personal.find((one) => one.subject === subject);
    if (event && part) found.push({ where: event.type, box: Buffer.from(part.sealed, 'base64'), fields: part.fields });
  }
  await client.dispose();
  for (const { table } of views) {
    const fields = personalFieldsOf(table).map(([field]) => field);
    if (fields.length === 0) continue;
    const whose = String(table.subject).replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`);
    const rows = await sql<{ sealed: string | null }>(`select sealed from ${table.name} where ${whose} = $1`, [
      subject,
    ]);
    for (const { sealed } of rows)
      if (sealed?.includes(':'))
        found.push({ where: table.name, box: Buffer.from(sealed.split(':')[1] as string, 'base64'), fields });
  }
  return found;
};

/** Every key that is kept: of this machine, of the log, and of everybody who is not forgotten. */
export const keptKeys = ({ settings, log, secrets: { keys } }: Session): readonly Buffer[] => {
  const file = readFileSync(subjectKeysFile(settings.data));
  const subjects = new Set<string>();
  for (let at = 0; at + 96 <= file.length; at += 96) subjects.add(uuidIn(file.toString('hex', at + 5, at + 21)));
  const theirs = [...subjects].flatMap((subject) =>
    [1, 2, 3].flatMap((version) => {
      const key = keys.at(subject, version);
      return key ? [key.event, key.mac, key.row, key.rowNonce] : [];
    }),
  );
  const purposes = ['payload', 'blind-index', 'stored-answer-key', 'stored-answer-content'];
  const masters = masterKeysIn(readFileSync(masterKeyFile(settings.data), 'utf8'), 'master.key');
  return [...theirs, ...masters.map(({ key }) => key), log.secret, ...purposes.map((purpose) => keyFor(purpose, log))];
};

const uuidIn = (hex: string) =>
  `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;

/** Those that one of the keys opens, whether or not the tag fits: what it says would begin with a field's name. */
export const openedBy = (keys: readonly Buffer[], sealed: readonly Sealed[]): readonly Sealed[] =>
  sealed.filter(({ box, fields }) =>
    keys.some((key) => {
      const counter = Buffer.concat([box.subarray(0, 12), Buffer.from([0, 0, 0, 2])]);
      const text = createDecipheriv('aes-256-ctr', key.subarray(0, 32), counter)
        .update(box.subarray(12, -16))
        .toString();
      return fields.some((field) => text.startsWith(`{"${field}":`));
    }),
  );

/** The wrapped data keys of a person, as they lie in the file. */
export const boxesOf = (keyFile: Buffer, subject: string): readonly Buffer[] =>
  Array.from({ length: Math.floor(keyFile.length / 96) }, (_, n) => keyFile.subarray(n * 96, n * 96 + 96))
    .filter((record) => uuidIn(record.toString('hex', 5, 21)) === subject && record[4] === 1)
    .map((record) => Buffer.from(record.subarray(27, 87)));
