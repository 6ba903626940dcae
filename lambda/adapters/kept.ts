interface Kept<Key, Value> {
  readonly make: (key: Key) => Value;
  readonly nameOf: (key: Key) => string;
  /** How many are kept; of more, the one that was not used for the longest time is let go, and made anew when it is asked for again. */
  readonly most: number;
}

/** One value a key, made when it is first asked for: for clients of many accounts, of which few are in use at a time. */
export function kept<Key, Value>({ make, nameOf, most }: Kept<Key, Value>): (key: Key) => Value {
  const values = new Map<string, Value>();

  return (key) => {
    const name = nameOf(key);
    const value = values.get(name) ?? make(key);

    // The order of a Map is that of insertion: the last used is the last.
    values.delete(name);
    values.set(name, value);
    const [oldest] = values.keys();
    if (values.size > most && oldest !== undefined) values.delete(oldest);
    return value;
  };
}
