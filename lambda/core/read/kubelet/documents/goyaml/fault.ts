/** Where goyaml stops, or where this program does. `at` counts characters; the message never quotes the text. */
export class YamlFault extends Error {
  readonly kind: 'refused' | 'not-read';
  readonly at: number;

  constructor(kind: YamlFault['kind'], message: string, at: number) {
    super(message);
    this.kind = kind;
    this.at = at;
  }
}
