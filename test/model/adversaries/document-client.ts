import {
  DescribeDocumentCommand,
  GetDocumentCommand,
  ListDocumentVersionsCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { contentHash } from '../../../lambda/adapters/ssm/pinned-document.ts';
import type { ProbeDocument } from './estate.ts';

const contentOf = (says: ProbeDocument): string => JSON.stringify({ schemaVersion: '2.2', description: says });

/** Of the document that this program brings. */
export const ourContent = contentHash(contentOf('ours'));

/** The SDK's client without the wire: one document, its versions in their order, of which the last is the default. */
export function documentClient(versions: () => readonly ProbeDocument[]): SSMClient {
  const client = new SSMClient({ region: 'eu-west-1', credentials: { accessKeyId: 'x', secretAccessKey: 'x' } });
  client.middlewareStack.add(
    (_next, { commandName = '' }) =>
      async (asked) => {
        const all = versions();
        const says = all[Number(Object(asked.input).DocumentVersion ?? all.length) - 1];
        if (!says) throw Object.assign(new Error('Document does not exist'), { name: 'InvalidDocument' });
        return { output: { ...outputs[commandName]?.(all, says), $metadata: {} }, response: {} };
      },
    { step: 'initialize', priority: 'high' },
  );
  return client;
}

const outputs: Readonly<Record<string, (all: readonly ProbeDocument[], says: ProbeDocument) => object>> = {
  [ListDocumentVersionsCommand.name]: (all) => ({
    DocumentVersions: all.map((_, index) => ({
      DocumentVersion: `${index + 1}`,
      IsDefaultVersion: index === all.length - 1,
      Status: 'Active',
    })),
  }),
  [DescribeDocumentCommand.name]: (_, says) => ({
    Document: { Hash: contentHash(contentOf(says)), HashType: 'Sha256' },
  }),
  [GetDocumentCommand.name]: (_, says) => ({ Content: contentOf(says) }),
};
