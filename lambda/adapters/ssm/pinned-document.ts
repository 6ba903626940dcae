import { createHash } from 'node:crypto';
import {
  DescribeDocumentCommand,
  type DocumentVersionInfo,
  GetDocumentCommand,
  ListDocumentVersionsCommand,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import type { Place } from '../../core/model/model.ts';
import { err, ok, type Result } from '../../core/model/result.ts';
import { type Patience, type SsmFault, ssmCall } from './ssm-call.ts';

/** One version of a document, as SendCommand takes it: SSM refuses the command when the content is another by then. */
export interface PinnedDocument {
  readonly version: string;
  /** SHA-256, by SSM's word. */
  readonly hash: string;
}

/** Why there is no such document: it is missing, it has other content, or SSM did not answer. */
export type NoDocument =
  | { readonly kind: 'missing' }
  | { readonly kind: 'changed'; readonly looked: number }
  | { readonly kind: 'fault'; readonly fault: SsmFault };

interface DocumentContext extends Patience {
  readonly client: SSMClient;
}

/** Each release adds one version of the document. Older versions are not searched, even if another writer has made many. */
const mostVersions = 20;

/**
 * The version of the document whose content is the first of these that any version has. Its hash is asked before its content is read. A document that
 * is replaced in between changes what is compared here, and later what SSM compares.
 * @param contents of `contentHash`, the preferred first
 * @param place of a document that names its own account and Region
 */
export async function pinnedDocument(
  context: DocumentContext,
  { name, contents, place }: { readonly name: string; readonly contents: readonly string[]; readonly place?: Place },
): Promise<Result<PinnedDocument, NoDocument>> {
  const listed = await asked(context, 'ssm:ListDocumentVersions', () =>
    context.client.send(new ListDocumentVersionsCommand({ Name: name, MaxResults: 50 }), {
      abortSignal: context.signal,
    }),
  );
  if (!listed.ok) return listed;

  const versions = inOrder(listed.value.DocumentVersions ?? []).slice(0, mostVersions);
  const found = new Map<string, PinnedDocument>();
  for (const version of versions) {
    const read = await readVersion(context, name, version);
    if (!read.ok) return read;
    const [text, pinned] = read.value;
    const content = contentHash(text, place);
    if (content === contents[0] && pinned) return ok(pinned);
    if (pinned && !found.has(content)) found.set(content, pinned);
  }

  const [former] = contents.flatMap((each) => found.get(each) ?? []);
  return former ? ok(former) : err({ kind: 'changed', looked: versions.length });
}

/**
 * SHA-256 of a document's meaning. Spacing and the order of keys don't matter, and numbers and booleans count as text, since CloudFormation may
 * convert them. For text that is not JSON, the result matches no document of this program.
 * @param place whose ARNs count as the same everywhere
 */
export function contentHash(text: string, place?: Place): string {
  try {
    return createHash('sha256')
      .update(JSON.stringify(sorted(JSON.parse(withoutPlace(text, place)))))
      .digest('hex');
  } catch {
    return 'not JSON';
  }
}

/** Our documents never contain these words, so a document that does is not ours. */
const anyPlace = 'arn:*:';

function withoutPlace(text: string, place: Place | undefined): string {
  if (text.includes(anyPlace)) return '';
  if (!place) return text;
  const { partition, region, accountId } = place;
  return text
    .replaceAll(`arn:${partition}:iam::${accountId}:`, `${anyPlace}iam:`)
    .replaceAll(`arn:${partition}:sns:${region}:${accountId}:`, `${anyPlace}sns:`);
}

/** Each is looked for once by its key. One that was not found is looked for again: the next asker may be luckier, or be given more time. */
export function foundOnce(): (
  key: string,
  look: () => Promise<Result<PinnedDocument, NoDocument>>,
) => Promise<Result<PinnedDocument, NoDocument>> {
  const looking = new Map<string, Promise<Result<PinnedDocument, NoDocument>>>();
  return async (key, look) => {
    const begun = looking.get(key) ?? look();
    looking.set(key, begun);
    const found = await begun;
    if (!found.ok) looking.delete(key);
    return found;
  };
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, each]) => [key, sorted(each)]),
  );
}

/** The default first, which it usually is, then the newest. */
const inOrder = (versions: readonly DocumentVersionInfo[]): readonly string[] =>
  versions
    .filter(({ Status = 'Active' }) => Status === 'Active')
    .toSorted(
      (one, other) =>
        Number(other.IsDefaultVersion ?? false) - Number(one.IsDefaultVersion ?? false) ||
        Number(other.DocumentVersion) - Number(one.DocumentVersion),
    )
    .flatMap(({ DocumentVersion }) => DocumentVersion ?? []);

async function readVersion(
  context: DocumentContext,
  name: string,
  version: string,
): Promise<Result<readonly [text: string, PinnedDocument | undefined], NoDocument>> {
  const { client } = context;
  const abort = { abortSignal: context.signal };
  const about = { Name: name, DocumentVersion: version };
  const described = await asked(context, 'ssm:DescribeDocument', () =>
    client.send(new DescribeDocumentCommand(about), abort),
  );
  if (!described.ok) return described;
  const got = await asked(context, 'ssm:GetDocument', () =>
    client.send(new GetDocumentCommand({ ...about, DocumentFormat: 'JSON' }), abort),
  );
  if (!got.ok) return got;

  const { Hash: hash, HashType } = described.value.Document ?? {};
  return ok([got.value.Content ?? '', hash && HashType === 'Sha256' ? { version, hash } : undefined]);
}

async function asked<T>(
  context: DocumentContext,
  action: SsmFault['action'],
  send: () => Promise<T>,
): Promise<Result<T, NoDocument>> {
  const answered = await ssmCall(action, send, { clock: context.clock, signal: context.signal });
  if (answered.ok) return answered;
  const isMissing = ['InvalidDocument', 'InvalidDocumentVersion'].includes(answered.error.name);
  return err(isMissing ? { kind: 'missing' } : { kind: 'fault', fault: answered.error });
}
