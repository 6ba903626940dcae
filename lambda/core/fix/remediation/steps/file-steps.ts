import type { NodeAudit } from '../../../model/model.ts';
import type { FileFacts } from '../../../model/node-facts.ts';
import { printable } from '../../../model/text/printable.ts';
import { shellWord } from '../../../model/text/quote.ts';
import { type EditableKind, isKubeletPath } from '../node-places.ts';
import { type NodeStep, nodeStep, type SkippedStep } from '../plan.ts';
import type { ClusterWords } from '../roll-out.ts';
import { beyondRunbook } from '../run/runbook.ts';
import { readingsOf } from './value-source.ts';

interface FileStepOptions {
  readonly slug: string;
  readonly about: { readonly file: keyof FileFacts; readonly property: 'mode' | 'owner' };
  readonly kind: EditableKind;
  readonly audit: NodeAudit;
}

/** chmod or chown. A mode only loses bits: what is stricter than the benchmark asks stays. The kubelet goes on running. */
export function fileStep({ slug, about, kind, audit }: FileStepOptions): NodeStep | SkippedStep {
  const fact = readingsOf(audit)
    .map(({ files }) => files?.[about.file])
    .find((each) => each?.state === 'known');
  if (fact?.state !== 'known') return { control: slug, notPlanned: 'the file was not seen again' };

  const isOurs = isKubeletPath(fact.path);
  const why =
    beyondRunbook(audit.node) ??
    (isOurs
      ? undefined
      : `${printable(fact.path, 300)} is not in the kubelet’s own folders, and nothing touches it but a person`);
  const [before, after] =
    about.property === 'mode'
      ? [octal(fact.mode & 0o7777), octal(fact.mode & 0o644)]
      : [`${printable(fact.owner, 64)}:${printable(fact.group, 64)}`, 'root:root'];
  const command = about.property === 'mode' ? 'chmod' : 'chown';

  return nodeStep({
    control: slug,
    method: about.property === 'mode' ? 'file-mode' : 'file-owner',
    by: why === undefined ? 'runbook' : 'person',
    because: `${about.property} of the file that --${about.file} names is ${before}`,
    changes: [{ kind: about.property, ...(isOurs && { file: fact.path }), before, after }],
    commands: isOurs ? [`sudo ${command} ${after} ${fact.path}`] : [],
    survives: { reboot: kind !== 'al2023', replacement: false },
    cautions: why === undefined ? [] : [why],
  });
}

const octal = (mode: number): string => mode.toString(8).padStart(3, '0');

interface BundleStepOptions {
  readonly slug: string;
  readonly kind: EditableKind;
  readonly audit: NodeAudit;
  readonly trust: readonly string[];
  readonly cluster: ClusterWords;
}

/**
 * The file of the client CA, filled with the CA that EKS names now. A person does it, since the runbook gets fingerprints and no certificates. The
 * running kubelet reloads the file.
 */
export function bundleStep({ slug, kind, audit, trust, cluster }: BundleStepOptions): NodeStep | SkippedStep {
  if (trust.length === 0)
    return {
      control: slug,
      notPlanned:
        'the certificates of the cluster’s own CA are not known (DescribeCluster showed none), so that nothing is there to put into the file',
    };
  const path = readingsOf(audit).flatMap(({ clientCa }) => (clientCa ? [clientCa.path] : []))[0];
  const file = path !== undefined && isKubeletPath(path) ? path : undefined;

  return nodeStep({
    control: slug,
    method: 'ca-bundle',
    by: 'person',
    because: 'what is wrong is inside of the file that authentication.x509.clientCAFile names',
    changes: [{ kind: 'bundle', ...(file !== undefined && { file }), sha256: trust }],
    commands: file === undefined ? [] : commandsFor(file, cluster),
    survives: { reboot: kind !== 'al2023', replacement: false },
    cautions: [
      ...(file === undefined
        ? [
            `${path === undefined ? 'the file' : printable(path, 300)} is not in the kubelet’s own folders: no command is shown for it`,
          ]
        : []),
      'compare the SHA-256 of every certificate with this plan before the file is moved into its place',
      'a further CA that somebody put there on purpose is lost: keep it beside the cluster’s',
    ],
  });
}

function commandsFor(file: string, { name, region }: ClusterWords): readonly string[] {
  if (name === undefined || region === undefined) return [];
  const next = `${file}.new`;

  return [
    `aws eks describe-cluster --region ${shellWord(region)} --name ${shellWord(name)} --query cluster.certificateAuthority.data --output text | base64 --decode | sudo tee ${next} > /dev/null`,
    `awk '/BEGIN CERTIFICATE/ { command = "openssl x509 -noout -subject -fingerprint -sha256" } { print | command } /END CERTIFICATE/ { close(command) }' ${next}`,
    `sudo chown root:root ${next} && sudo chmod 644 ${next} && sudo mv ${next} ${file}`,
  ];
}
