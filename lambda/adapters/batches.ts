/** Items in requests of at most so many and so many bytes as JSON, in their order, as full as they get. One that is larger goes alone. */
export function batchesOf<Item>(
  all: readonly Item[],
  { most, mostBytes }: { readonly most: number; readonly mostBytes: number },
): readonly (readonly Item[])[] {
  const full: Item[][] = [];
  let bytes = 0;
  for (const item of all) {
    const size = Buffer.byteLength(JSON.stringify(item)) + 1;
    const batch = full.at(-1);
    if (!batch || batch.length === most || bytes + size > mostBytes) {
      full.push([item]);
      bytes = size;
    } else {
      batch.push(item);
      bytes += size;
    }
  }
  return full;
}
