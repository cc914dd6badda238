import { type CatalogueEntry, type CatalogueField, fieldsIn } from '#system';

type Page = Readonly<{ path: string; text: string }>;

const WRITTEN = `Generated from the code and from the examples that the tests run: \`npm run catalogue\` writes it again, and a test fails
while it is not what the code says.`;

/** A page for every kind of story, and one that lists all events. Paths from the root of the repository. */
export const eventPages = (entries: readonly CatalogueEntry[]): readonly Page[] => {
  const pages = [...new Set(entries.map(({ page }) => page))].sort();
  const of = (page: string) => entries.filter((entry) => entry.page === page);
  return [
    { path: 'docs/events/README.md', text: listing(pages.map((page) => [page, of(page)])) },
    ...pages.map((page) => ({ path: `docs/events/${page}.md`, text: telling(page, of(page)) })),
  ];
};

const listing = (pages: readonly (readonly [string, readonly CatalogueEntry[]])[]): string => `# Every event

What happens here, by the name it keeps for ever.

${WRITTEN}

A field that is *personal* is sealed under that customer's key: in the store it lies beside the data, and only Touchline
reads it ([subscribe](../how-to/subscribe.md)); once they are forgotten it is \`{ "erased": true }\`.

Every field is of a *class*, as answers are ([why so](../adr/0015-field-classes-and-scope.md)): which roles are shown a class is
in [rights](../rights.md). A class of what is personal (identity, contact, document, health, preference, free_text) is sealed,
no other is.

The same is told by \`bin/touchline catalogue\` and \`GET /v1/catalogue\`, there with the JSON Schema of each.
[landed.json](landed.json) holds the shapes that have landed: a field may be added, nothing may be taken away
([how an event changes](../how-to/change-an-event.md)). How a story goes is [pictured](../lifecycle.md).

${pages
  .map(([page, entries]) => {
    const rows = entries.map(({ type, version, meaning }) => [
      `[${type}](${page}.md#${type.toLowerCase()})`,
      version,
      meaning,
    ]);
    return `## [${page}](${page}.md)\n\n${table(['event', 'version', 'what it says'], rows)}`;
  })
  .join('\n\n')}
`;

const telling = (page: string, entries: readonly CatalogueEntry[]): string => `# Events: ${page}

${WRITTEN} [All events](README.md)

${entries.map(section).join('\n\n')}
`;

const section = (entry: CatalogueEntry): string => {
  const { type, version, stream, meaning, line, roles, example } = entry;
  const fields = fieldsIn(entry);
  const facts = [
    `Version ${version}, in \`${stream}\``,
    roles.length > 0 ? `names ${roles.join(', ')}` : 'names no customer',
  ];
  const told = line ? [`On a timeline: *${line.en}* · *${line.zh}*`] : [];
  return [
    `## ${type}`,
    ...(meaning === line?.en ? [] : [meaning]),
    `${facts.join('; ')}.`,
    ...told,
    fields.length === 0
      ? 'It has no fields.'
      : table(['field', 'what it means', 'form', '', 'class', 'personal'], fields.map(row)),
    bySection(entry),
    `\`\`\`json\n${JSON.stringify(example, null, 2)}\n\`\`\``,
  ].join('\n\n');
};

const row = ({ name, meaning, form, isOptional, class: fieldClass, personal }: CatalogueField) => [
  `\`${name}\``,
  meaning,
  form,
  isOptional ? 'may be absent' : '',
  fieldClass ?? '',
  personal ? `of the ${personal}` : '',
];

const bySection = ({ emittedBy, reactions, views }: CatalogueEntry): string =>
  [
    `- Comes of: ${emittedBy.length > 0 ? codes(emittedBy) : 'the system itself'}`,
    ...(reactions.length > 0 ? [`- Reactions: ${codes(reactions)}`] : []),
    `- Views: ${views.length > 0 ? codes(views) : 'none'}`,
  ].join('\n');

const codes = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ');

const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
  [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');
