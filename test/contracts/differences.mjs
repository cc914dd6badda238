/** Every place where two values of plain JSON differ, as a line of text. A missing field and null are the same. */
export const differences = (expected, actual, path) => {
  if (!isNode(expected) || !isNode(actual)) {
    return Object.is(expected, actual) ? [] : [`${path}: expected ${shown(expected)}, got ${shown(actual)}`];
  }
  const keys = new Set([...Object.keys(expected), ...Object.keys(actual)]);
  return [...keys].flatMap((key) => differences(expected[key] ?? null, actual[key] ?? null, `${path}.${key}`));
};

const isNode = (value) => typeof value === 'object' && value !== null;

const shown = (value) => {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
};
