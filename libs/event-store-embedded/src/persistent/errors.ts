import { Code, StatusError } from '../wire/status.js';
import type { GroupKey } from './group-settings.js';

const failure = (
  code: number,
  exception: string,
  { stream, group }: GroupKey,
  message: string,
  more: Record<string, string> = {},
) =>
  new StatusError(code, message, { exception, 'stream-name': stream, ...(group && { 'group-name': group }), ...more });

const named = ({ stream, group }: GroupKey): string => `ubscription group ${group} on stream ${stream}`;

export const groupExists = (key: GroupKey) =>
  failure(Code.ALREADY_EXISTS, 'persistent-subscription-exists', key, `S${named(key)} exists.`);

export const groupMissing = (key: GroupKey) =>
  failure(Code.NOT_FOUND, 'persistent-subscription-does-not-exist', key, `S${named(key)} does not exist.`);

export const groupDropped = (key: GroupKey) =>
  failure(Code.CANCELLED, 'persistent-subscription-dropped', key, `S${named(key)} was dropped.`);

export const groupFull = (key: GroupKey) =>
  failure(
    Code.FAILED_PRECONDITION,
    'maximum-subscribers-reached',
    key,
    `Maximum subscriptions reached for s${named(key)}.`,
  );

export const groupFailed = (key: GroupKey, reason: string) =>
  failure(Code.INTERNAL, 'persistent-subscription-failed', key, `S${named(key)} failed: '${reason}'`, { reason });
