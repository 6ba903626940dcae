import { createHash } from 'node:crypto';
import { type LabCall, LabError } from '../../wire/service.ts';

/** One version of a document. Its content never changes: a change is a new version. */
export interface DocumentVersion {
  readonly version: number;
  readonly text: string;
  /** The content as SSM stores it, to be pinned. */
  readonly hash: string;
}

interface Versions {
  readonly all: readonly DocumentVersion[];
  readonly standard: number;
}

/**
 * Documents by account, Region and name, with their versions.
 * https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_SendCommand.html (InvalidDocument, InvalidDocumentVersion),
 * …/API_ListDocumentVersions.html, …/API_DescribeDocument.html
 */
export class SsmDocuments {
  readonly #documents = new Map<string, Versions>();

  /** A new version, which is the default from now on unless it is said not to be. */
  put(where: string, content: unknown, { becomesDefault }: { readonly becomesDefault: boolean }): void {
    const { all = [], standard = 1 } = this.#documents.get(where) ?? {};
    const text = JSON.stringify(content);
    const version = all.length + 1;
    const hash = createHash('sha256').update(`${version} ${text}`).digest('hex');
    this.#documents.set(where, {
      all: [...all, { version, text, hash }],
      standard: becomesDefault ? version : standard,
    });
  }

  remove(where: string): void {
    this.#documents.delete(where);
  }

  versionsOf(where: string): { readonly newest: number; readonly default: number } {
    const { all = [], standard = 0 } = this.#documents.get(where) ?? {};
    return { newest: all.length, default: standard };
  }

  /** The version that a call means: a number, `$DEFAULT` (also when none is named) or `$LATEST`. */
  version(where: string, { Name, DocumentName, DocumentVersion = '$DEFAULT' }: LabCall['input']): DocumentVersion {
    const { all, standard } = this.#versions(where, String(Name ?? DocumentName));
    const wanted = { $DEFAULT: standard, $LATEST: all.length }[String(DocumentVersion)] ?? Number(DocumentVersion);
    const found = all.find(({ version }) => version === wanted);
    if (!found)
      throw new LabError(
        'InvalidDocumentVersion',
        `The document version ${DocumentVersion} is not valid or does not exist.`,
      );
    return found;
  }

  /** The version that a command names, if it is the one whose hash the command names. */
  pinned(where: string, input: LabCall['input']): DocumentVersion {
    const found = this.version(where, input);
    const { DocumentHash: hash, DocumentHashType: type = 'Sha256' } = input;
    if (hash !== undefined && (type !== 'Sha256' || hash !== found.hash))
      throw new LabError('InvalidDocument', 'The document hash does not match the hash of the document.');
    return found;
  }

  get(where: string, input: LabCall['input']): object {
    const { version, text } = this.version(where, input);
    return {
      Name: input['Name'],
      DocumentVersion: String(version),
      Status: 'Active',
      Content: text,
      DocumentFormat: 'JSON',
    };
  }

  describe(where: string, input: LabCall['input']): object {
    const { version, hash } = this.version(where, input);
    const { all, standard } = this.#versions(where, String(input['Name']));
    return {
      Document: {
        Name: input['Name'],
        Hash: hash,
        HashType: 'Sha256',
        Status: 'Active',
        DocumentVersion: String(version),
        LatestVersion: String(all.length),
        DefaultVersion: String(standard),
        DocumentFormat: 'JSON',
      },
    };
  }

  /** The newest first. */
  list(where: string, { Name, MaxResults = 50, NextToken = 'from-0' }: LabCall['input']): object {
    const { all, standard } = this.#versions(where, String(Name));
    const start = Number(String(NextToken).replace('from-', ''));
    const end = start + Number(MaxResults);
    return {
      DocumentVersions: all
        .toReversed()
        .slice(start, end)
        .map(({ version }) => ({
          Name,
          DocumentVersion: String(version),
          IsDefaultVersion: version === standard,
          DocumentFormat: 'JSON',
          Status: 'Active',
        })),
      ...(end < all.length && { NextToken: `from-${end}` }),
    };
  }

  #versions(where: string, name: string): Versions {
    const found = this.#documents.get(where);
    if (!found) throw new LabError('InvalidDocument', `Document with name ${name} does not exist.`);
    return found;
  }
}
