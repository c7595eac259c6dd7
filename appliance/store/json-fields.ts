/** What a JSON object may hold before it has been checked. */
export type Fields = Readonly<Record<string, unknown>>;

/** The object that `text` describes; undefined when it is no JSON or no object. */
export function jsonFields(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}
