/** A reason that is no longer than this stands in its row. */
const longestInRow = 20;

/** Where one source's reason ends and the next one's begins. */
const betweenSources = /; (?=(?:configz|direct|ssm|tls|files): )/;

/** Reasons told once, below a table, and named by number in its rows: what ten nodes have in common is one sentence. */
export class Footnotes {
  readonly #numbers = new Map<string, number>();

  /** What stands in the row: a short text as it is, of a long one the numbers of its parts. */
  refer(sentence: string): string {
    const text = sentence.replace(/^running configuration, by /, '');
    if (text.length <= longestInRow) return text;

    const [first = '', ...more] = text.split(betweenSources.test(`; ${text}`) ? betweenSources : '; ');
    const head = first.length <= longestInRow ? first : this.#number(first);
    return [head, ...more.map((each) => this.#number(each))].join(' ');
  }

  /** The sentences, in the order of their numbers. */
  get notes(): readonly (readonly [number: string, text: string])[] {
    return [...this.#numbers].map(([text, number]) => [`[${number}]`, text]);
  }

  #number(text: string): string {
    const number = this.#numbers.get(text) ?? this.#numbers.size + 1;
    this.#numbers.set(text, number);
    return `[${number}]`;
  }
}
