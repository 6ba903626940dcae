/** Two records of counts, added name by name: the names and their order are those of the first. */
export const addCounts = <Names extends Readonly<Record<keyof Names, number>>>(
  one: Names,
  other: NoInfer<Names>,
): Names =>
  Object.fromEntries(
    Object.keys(one).map((name) => [name, one[name as keyof Names] + other[name as keyof Names]]),
  ) as Names;
