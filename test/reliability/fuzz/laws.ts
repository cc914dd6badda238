import { isMarked } from './fitting.js';

/** What came back; status 0 when the connection ended without an answer. */
export type Answered = Readonly<{ status: number; headers: Readonly<Record<string, unknown>>; text: string }>;

type Law = Readonly<{ name: string; broken: (answer: Answered) => boolean }>;

const LAWS: readonly Law[] = [
  { name: 'is answered', broken: ({ status }) => status === 0 },
  { name: 'never fails', broken: ({ status, headers, text }) => status >= 500 && !mayBeLate(status, headers, text) },
  { name: 'is refused in the form of a problem', broken: (answer) => answer.status >= 400 && !isProblem(answer) },
  { name: 'says where it does not fit', broken: ({ status, text }) => status === 422 && !hasPointers(text) },
  { name: 'is not quoted', broken: ({ status, text }) => status >= 400 && isMarked(text) },
  {
    name: 'shows no program',
    broken: ({ status, text }) => status >= 400 && /\.[jt]s:\d+|\bat \S+ \(|node_modules/.test(text),
  },
  { name: 'is guarded in a browser', broken: ({ headers }) => headers['x-content-type-options'] !== 'nosniff' },
];

/** The laws an answer breaks, by name. */
export const brokenLaws = (answer: Answered): readonly string[] =>
  LAWS.filter(({ broken }) => broken(answer)).map(({ name }) => name);

const mayBeLate = (status: number, headers: Answered['headers'], text: string) =>
  'retry-after' in headers && (status === 503 || (status === 504 && problemIn(text)?.code === 'view-behind'));

type Problem = Readonly<{ status?: unknown; code?: unknown; errors?: unknown }>;
const problemIn = (text: string): Problem | undefined => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // no JSON, which is what is asked
  }
};

const isProblem = ({ status, headers, text }: Answered) => {
  const said = problemIn(text);
  const hasForm = String(headers['content-type']).startsWith('application/problem+json');
  return hasForm && said?.status === status && /^[a-z0-9]+(-[a-z0-9]+)*$/.test(String(said.code));
};

const hasPointers = (text: string) => {
  const { errors } = problemIn(text) ?? {};
  const isMisfit = (error: Readonly<{ pointer?: unknown; detail?: unknown }>) =>
    /^(\/.*)?$/.test(String(error.pointer)) && typeof error.detail === 'string';
  return Array.isArray(errors) && errors.length > 0 && errors.every(isMisfit);
};
