/** The text before the first dash; none for a system stream and a name that has no dash or begins with one. */
export const categoryOf = (stream: string): string | undefined => {
  const dash = stream.startsWith('$') ? -1 : stream.indexOf('-');
  return dash > 0 ? stream.slice(0, dash) : undefined;
};

/** Deletions of either kind are listed under this type instead of their own. */
export const DELETED_TYPE = '$deleted';
