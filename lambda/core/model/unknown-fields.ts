/**
 * The fields of a stored object that this release does not know, since a newer one wrote them. They go into what is written in its place, so that a
 * release that comes back finds them.
 * @param known the schema by which the object was read
 */
export const unknownFields = (
  known: { readonly shape: object },
  stored: object | undefined,
): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(stored ?? {}).filter(([name]) => !Object.hasOwn(known.shape, name)));
