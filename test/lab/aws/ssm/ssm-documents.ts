import { createHash } from 'node:crypto';
import { type LabCall, LabError } from '../../wire/service.ts';
import { ssmPage } from './ssm-instances.ts';

/** One version of a document. Its content never changes: a change is a new version. */
export interface DocumentVersion {
  readonly version: number;
  readonly text: string;
  /** The content as SSM stores it, to be pinned. */
  readonly hash: string;
}

type Versions = { readonly all: readonly DocumentVersion[]; readonly standard: number };

type Place = Pick<LabCall, 'accountId' | 'region'> & { readonly name: string };

/** The name of a document or a runbook that is given by its name or its ARN. */
export const documentNameOf = (document: unknown): string =>
  String(document).replace(/^arn:.*:(document|automation-definition)\//, '');

const keyOf = ({ accountId, region, name }: Place): string => `${accountId} ${region} ${name}`;
/** An ARN of another account or Region is that of a foreign document, which nobody shared. */
function placeOf({ accountId, region, input }: LabCall): Place {
  const given = String(input['Name'] ?? input['DocumentName']);
  const isForeign = given.startsWith('arn:') && !given.includes(`:ssm:${region}:${accountId}:`);
  return { accountId, region, name: isForeign ? given : documentNameOf(given) };
}

/** Documents by account, Region and name. Source: SSM API reference, SendCommand, ListDocumentVersions and DescribeDocument. */
export class SsmDocuments {
  readonly #documents = new Map<string, Versions>();

  /** A new version, which is the default from now on unless it is said not to be. */
  put(place: Place, content: unknown, { becomesDefault }: { readonly becomesDefault: boolean }): void {
    const { all = [], standard = 1 } = this.#documents.get(keyOf(place)) ?? {};
    const text = JSON.stringify(content);
    const version = all.length + 1;
    const hash = createHash('sha256').update(`${version} ${text}`).digest('hex');
    this.#documents.set(keyOf(place), {
      all: [...all, { version, text, hash }],
      standard: becomesDefault ? version : standard,
    });
  }

  remove(place: Place): void {
    this.#documents.delete(keyOf(place));
  }

  versionsOf(place: Place): { readonly newest: number; readonly default: number } {
    const { all = [], standard = 0 } = this.#documents.get(keyOf(place)) ?? {};
    return { newest: all.length, default: standard };
  }

  /** The version that a call means: a number, `$DEFAULT` (also when none is named) or `$LATEST`. */
  version(call: LabCall): DocumentVersion {
    const { DocumentVersion = '$DEFAULT' } = call.input;
    const { all, standard } = this.#versions(call);
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
  pinned(call: LabCall): DocumentVersion {
    const found = this.version(call);
    const { DocumentHash: hash, DocumentHashType: type = 'Sha256' } = call.input;
    if (hash !== undefined && (type !== 'Sha256' || hash !== found.hash))
      throw new LabError('InvalidDocument', 'The document hash does not match the hash of the document.');
    return found;
  }

  get(call: LabCall): object {
    const { version, text: Content } = this.version(call);
    return { Name: call.input['Name'], DocumentVersion: String(version), Content, ...constant };
  }

  describe(call: LabCall): object {
    const { version, hash } = this.version(call);
    const { all, standard } = this.#versions(call);
    return {
      Document: {
        Name: call.input['Name'],
        Hash: hash,
        HashType: 'Sha256',
        DocumentVersion: String(version),
        LatestVersion: String(all.length),
        DefaultVersion: String(standard),
        ...constant,
      },
    };
  }

  /** The newest first. */
  list(call: LabCall): object {
    const { all, standard } = this.#versions(call);
    const { page, next } = ssmPage(all.toReversed(), call.input);
    return {
      DocumentVersions: page.map(({ version }) => ({
        Name: call.input['Name'],
        DocumentVersion: String(version),
        IsDefaultVersion: version === standard,
        ...constant,
      })),
      ...next,
    };
  }

  #versions(call: LabCall): Versions {
    const place = placeOf(call);
    const found = this.#documents.get(keyOf(place));
    if (!found) throw new LabError('InvalidDocument', `Document with name ${place.name} does not exist.`);
    return found;
  }
}

const constant = { Status: 'Active', DocumentFormat: 'JSON' };
