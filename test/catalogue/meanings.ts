import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import type { Class } from '#kernel';
import { glossary } from './glossary.js';

type Said = Readonly<{ about: string; fields: Readonly<Record<string, string>> }>;

const SOURCES = 'libs/domain/src';

/** What the comments above the classes of the domain and above their fields say. Throws where two classes share a name. */
const commentsIn = (folder: string): ReadonlyMap<string, Said> => {
  const files = readdirSync(folder, { encoding: 'utf8', recursive: true });
  const said = new Map<string, Said>();
  for (const file of files.filter((name) => /(\.messages|vocabulary.*)\.ts$/.test(name) && !/\.spec\./.test(name))) {
    for (const [name, comments] of commentsOf(join(folder, file))) {
      // A command and an event have names of their own; a class inside them may be called the same twice.
      if (said.has(name)) throw new Error(`two classes are called ${name}, and ${file} has one`);
      said.set(name, comments);
    }
  }
  return said;
};

const commentsOf = (file: string): readonly (readonly [string, Said])[] => {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2022, true);
  return source.statements.filter(ts.isClassDeclaration).map((node) => {
    const fields = node.members.filter(ts.isPropertyDeclaration).map((field) => [field.name.getText(), above(field)]);
    return [node.name?.text ?? '', { about: above(node), fields: Object.fromEntries(fields) }];
  });
};

const above = (node: ts.Node): string => {
  const comments = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
  return comments
    .map(({ comment }) => ts.getTextOfJSDocComment(comment) ?? '')
    .join(' ')
    .replace(/\s+/g, ' ')
    .trim();
};

let comments: ReadonlyMap<string, Said> | undefined;
const saidOf = ({ name }: Class): Said | undefined => {
  comments ??= commentsIn(SOURCES);
  return comments.get(name);
};

const chainOf = (shape: Class): readonly Class[] => {
  const above = Object.getPrototypeOf(shape);
  return above === Function.prototype ? [shape] : [shape, ...chainOf(above)];
};

/** What a field means: the comment above it, in its class or one that this extends, else what the glossary says of its name. */
export const meaningOf = (shape: Class, field: string): string | undefined =>
  chainOf(shape).reduce<string | undefined>((found, one) => found || saidOf(one)?.fields[field], undefined) ||
  (Object.hasOwn(glossary, field) ? glossary[field] : undefined);

/** The comment above a class. */
export const aboutOf = (shape: Class): string => saidOf(shape)?.about ?? '';
