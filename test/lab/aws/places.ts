/** What a service keeps for each account's Region, made when it is first asked for. */
export class Places<T> {
  readonly #made = new Map<string, T>();
  readonly #make: () => T;

  constructor(make: () => T) {
    this.#make = make;
  }

  of({ accountId, region }: { readonly accountId: string; readonly region: string }): T {
    const key = `${accountId} ${region}`;
    const place = this.#made.get(key) ?? this.#make();
    this.#made.set(key, place);
    return place;
  }

  all(): readonly T[] {
    return [...this.#made.values()];
  }
}
