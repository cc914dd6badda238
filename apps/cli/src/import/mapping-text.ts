import { parseDocument } from 'yaml';
import { type Misfit, misfits } from '#application';
import { Mapping } from './mapping.js';
import { disagreements } from './mapping-check.js';
import { ImportProblem } from './words.js';

/** The mapping in a text, JSON or YAML; `name` is what the messages call it. Throws `ImportProblem`. */
export const parseMapping = (text: string, name = 'mapping'): Mapping => {
  const document = parseDocument(text, { prettyErrors: true });
  const [broken] = document.errors;
  if (broken) throw new ImportProblem('mapping-unreadable', { name, reason: broken.message });
  const read: unknown = document.toJS({ maxAliasCount: 100 });
  const faults = misfits(read, [Mapping]);
  const all = faults.length > 0 ? faults : disagreements(read as Mapping);
  if (all.length > 0) throw new ImportProblem('mapping-wrong', { name, faults: all.map(line).join('\n') });
  return read as Mapping;
};

const line = ({ pointer, detail }: Misfit) => `${pointer || '/'}: ${detail}`;
