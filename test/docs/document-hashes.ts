import { kubeletProbeDocument } from '../../infra/documents/probe/kubelet-probe.ts';
import { askingRunbook } from '../../infra/documents/remediation/remediate-automation.ts';
import { remediateKubeletDocument } from '../../infra/documents/remediation/remediate-kubelet.ts';
import { contentHash } from '../../lambda/adapters/ssm/pinned-document.ts';

/** Any place: the runbook's hash leaves its own account and Region out. */
const place = { partition: 'aws', accountId: '111122223333', region: 'eu-west-1' };

const hashes: Readonly<Record<string, string>> = {
  probeContents: contentHash(JSON.stringify(kubeletProbeDocument())),
  remedyContents: contentHash(JSON.stringify(remediateKubeletDocument())),
  runbookContents: contentHash(JSON.stringify(askingRunbook(place)), place),
};

/** `lambda/contract/document-contents.ts` with the hash of each document as infra/documents has it now. The hash of the release before is kept. */
export function withDocumentHashes(source: string): string {
  let result = source;
  for (const [name, hash] of Object.entries(hashes)) {
    const first = new RegExp(`(export const ${name}: readonly string\\[\\] = \\[\\s*')[0-9a-f]{64}'`);
    if (!first.test(result))
      throw new Error(`lambda/contract/document-contents.ts has no ${name} that begins with a hash`);

    result = result.replace(first, (_, before) => `${before}${hash}'`);
  }
  return result;
}
