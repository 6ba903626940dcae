import { LabError } from '../../wire/service.ts';

/** The versions of a document, from 1 on, and which of them is the default one. */
export class DocumentVersions<Content> {
  readonly #contents: Content[] = [];
  #default = 1;

  get newest(): number {
    return this.#contents.length;
  }

  get default(): number {
    return this.#default;
  }

  /**
   * One more version. Whether it becomes the default one is for whoever makes it: UpdateDocument alone does not, and CloudFormation, which is to, may report success without it
   * (aws-cloudformation/cloudformation-coverage-roadmap#2539).
   */
  add(content: Content, { becomesDefault }: { readonly becomesDefault: boolean }): void {
    this.#contents.push(content);
    if (becomesDefault) this.#default = this.#contents.length;
  }

  /** @param version as a call names it: a number, `$LATEST`, or `$DEFAULT`, which is meant where nothing is said */
  of(version: unknown, notThere: string): { readonly content: Content; readonly version: string } {
    const wanted = String(version ?? '$DEFAULT');
    const number = { $DEFAULT: this.#default, $LATEST: this.#contents.length }[wanted] ?? Number(wanted);
    const content = this.#contents[number - 1];
    if (content === undefined) throw new LabError(notThere, `The document has no version ${wanted}.`);
    return { content, version: String(number) };
  }
}

/** One more version of the document of this name, the first where there is none. */
export function added<Content>(
  documents: Map<string, DocumentVersions<Content>>,
  name: string,
  ...made: Parameters<DocumentVersions<Content>['add']>
): void {
  const versions = documents.get(name) ?? new DocumentVersions<Content>();
  versions.add(...made);
  documents.set(name, versions);
}
