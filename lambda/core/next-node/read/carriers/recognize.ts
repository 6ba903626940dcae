import type { NodeKind } from '../../../model/model.ts';
import { err, ok, type Result } from '../../../model/result.ts';
import { printable } from '../../../model/text/words.ts';
import { isGzip } from '../user-data/encodings.ts';
import { type Declared, encodedUserData, known, type NextNodeGroup, nothing, together, userData } from './carrier.ts';
import { isCloudFormation, readCloudFormation } from './cloudformation.ts';
import { isClusterApi, readClusterApi } from './cluster-api.ts';
import { isEksctl, readEksctl } from './eksctl.ts';
import { type FileKind, fileKinds, supported, userDataKinds } from './file-kinds.ts';
import { templateOf } from './intrinsics.ts';
import { isKarpenter, readKarpenter } from './karpenter.ts';
import { isLaunchTemplates, readLaunchTemplates } from './launch-templates.ts';
import { at, isAbsent, itemsOf, type Located, wordAt } from './located.ts';
import { verbatimText } from './mapped-text.ts';
import { isToml, kindByUserData, kindOfBytes } from './node-kinds.ts';
import { longestYaml, readJson, readYaml } from './read-documents.ts';
import { isTerraformPlan, readTerraformPlan } from './terraform-plan.ts';

const documents = [
  { as: 'karpenter', is: isKarpenter, read: readKarpenter },
  { as: 'eksctl', is: isEksctl, read: readEksctl },
  { as: 'terraform-plan', is: isTerraformPlan, read: readTerraformPlan },
  { as: 'cloudformation', is: isCloudFormation, read: readCloudFormation },
  { as: 'launch-template', is: isLaunchTemplates, read: readLaunchTemplates },
  { as: 'cluster-api', is: isClusterApi, read: readClusterApi },
] as const satisfies readonly { readonly as: FileKind; readonly is: unknown; readonly read: unknown }[];

interface DeclaredByOptions {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** What a person says that it is; else its content decides. */
  readonly as?: FileKind;
}

/**
 * The node groups that a file declares. The error says what it looks like, and what to give instead; it quotes nothing of the file. Never throws, whatever
 * the bytes.
 */
export function declaredBy({ name, bytes, as }: DeclaredByOptions): Result<Declared, string> {
  const text = utf8Of(bytes);
  const asUserData = (kind: NodeKind) => ok({ ...nothing, groups: [ownUserData({ name, bytes }, text, kind)] });
  const kind = userDataKinds.find((each) => each === as);
  if (kind !== undefined) return asUserData(kind);
  if (text === undefined) {
    // Terraform's cloudinit_config packs user data by default; nodeadm and cloud-init unpack it.
    const packed = kindOfBytes(bytes);
    return packed === undefined ? err(notText(bytes)) : asUserData(packed);
  }
  const wanted = documents.find((each) => each.as === as);
  const isJson = /^\ufeff?\s*[[{]/.test(text) && !isToml(text);
  if (!isJson && text.length > longestYaml)
    return err(`it is longer than ${longestYaml} characters, and only JSON may be`);
  if (!isJson && !wanted) {
    if (isHcl(text))
      return err(
        `it is Terraform's configuration language, whose values only Terraform knows; give its plan: ${planCommand}`,
      );
    const guessed = kindOfText(text);
    if (guessed !== undefined) return asUserData(guessed);
  }

  const json = isJson ? readJson(text.replace(/^\ufeff/, ' ')) : undefined;
  // A flow map is YAML, too.
  const read = json?.ok ? ok([json.value]) : readYaml(text);
  const all = read.ok ? documentsIn(read.value) : [];
  if (!wanted && (read.ok ? all.some(isNodeConfig) : isBrokenNodeConfig(text)))
    return all.some((each) => documents.some(({ is }) => is(each)))
      ? err('it holds a NodeConfig beside documents of other tools; give them in files of their own')
      : asUserData(kindByUserData(text) ?? 'al2023');
  if (read.ok) return declaredIn(all, wanted);
  const because = json?.ok === false ? json.error : read.error;
  return err(`${wanted ? `it is no ${wanted.as} file` : 'what it is cannot be recognized'}: ${because}; ${sayAs}`);
}

const sayAs = `give --as with one of ${fileKinds.join(', ')}`;

/** Tools write `---` at the end of a file, too. `kubectl get -o yaml` writes a list of several objects. */
const documentsIn = (parsed: readonly Located[]): readonly Located[] =>
  parsed
    .filter((each) => !isAbsent(each))
    .flatMap((each) => (/List$/.test(wordAt(each, 'kind') ?? '') ? itemsOf(at(each, 'items')) : [each]));

function declaredIn(all: readonly Located[], wanted: (typeof documents)[number] | undefined): Result<Declared, string> {
  const readers = wanted ? [wanted] : documents;
  const read = all.flatMap((each) => readers.find(({ is }) => is(each))?.read(each) ?? []);
  const unsupported = wanted ? [] : all.filter((each) => !documents.some(({ is }) => is(each))).flatMap(makerOfNodes);
  if (read.length > 0) return ok(together([...read, { ...nothing, unsupported }]));
  if (wanted) return err(`it is no ${wanted.as} file; ${sayAs}`);
  if (unsupported.length > 0) return err(`${unsupported[0]} is not read; ${supported}`);
  return all.length > 0 && all.every((each) => at(each, 'apiVersion'))
    ? ok(nothing)
    : err(`what it is cannot be recognized; ${sayAs}`);
}

/** Objects of other tools that make nodes: `kind` and version, to be named. */
function makerOfNodes(document: Located): readonly string[] {
  const [version = '', kind = ''] = [wordAt(document, 'apiVersion'), wordAt(document, 'kind')];
  const isMaker =
    /(?:^|\.)(?:cluster\.x-k8s\.io|services\.k8s\.aws|upbound\.io|crossplane\.io|k8s\.aws)\//.test(version) &&
    /EKSConfig|Nodeadm|LaunchTemplate|LaunchConfiguration|NodeGroup|MachinePool|MachineTemplate|^Instance$|AWSNodeTemplate|EC2NodeClass|AutoscalingGroup/.test(
      kind,
    );
  return isMaker ? [printable(`${kind} of ${version}`, 150)] : [];
}

const isNodeConfig = (document: Located): boolean => (wordAt(document, 'apiVersion') ?? '').startsWith('node.eks.aws/');

/** Text that nodeadm gets and cannot read: what follows from that is its reader's to say. */
const isBrokenNodeConfig = (text: string): boolean => {
  const versions = [...text.matchAll(/^apiVersion:[ \t]*["']?([^\s"']*)/gm)].map(([, version = '']) => version);
  return versions.length > 0 && versions.every((version) => version.startsWith('node.eks.aws/'));
};

/** A file that is what the instance gets. EKS or Karpenter adds the cluster's details unless the file names them. */
function ownUserData({ name, bytes }: DeclaredByOptions, text: string | undefined, kind: NodeKind): NextNodeGroup {
  const namesCluster = text !== undefined && /\b(?:apiServerEndpoint|certificateAuthority|cidr)\b/.test(text);
  const mapped = verbatimText(text ?? '', 0);
  const written = kind === 'al2023' ? templateOf(mapped) : mapped;
  return {
    name,
    group: kind === 'hybrid' ? 'hybrid' : 'self-managed',
    kind,
    ami: 'standard',
    cluster: namesCluster ? 'whole' : 'eks-adds',
    declaredAt: 0,
    content: known(text === undefined ? encodedUserData(bytes) : userData(written)),
    notes: [],
  };
}

/** User data that is no document of another tool: MIME, shell, PowerShell, TOML, or one of them in base64. */
function kindOfText(text: string): NodeKind | undefined {
  const isBase64 = text.length < 100_000 && text.length >= 40 && /^[A-Za-z0-9+/\s]+={0,2}$/.test(text.trim());
  const shown = isBase64 ? Buffer.from(text, 'base64').toString('utf8') : text;
  const isUserData = isBase64 || /^\s*(?:#!|#cloud-|<(?:powershell|script)>|MIME-Version:|Content-Type:)/i.test(shown);
  const kind = kindByUserData(shown);
  return isUserData || kind === 'bottlerocket' ? kind : undefined;
}

const planCommand = 'terraform plan -out plan.tfplan && terraform show -json plan.tfplan > plan.json';

/** A block of Terraform's own language, whose values aren't in the file. */
const isHcl = (text: string): boolean =>
  /^(?:resource|module|provider|variable|locals|data|output|terraform)[ \t]*(?:"[^"\n]*"[ \t]*){0,2}\{/m.test(
    text.slice(0, 200_000),
  );

/** What bytes look like that are no text, and what to give instead. */
function notText(bytes: Uint8Array): string {
  if (isGzip(bytes)) return 'it is packed with gzip; if it is user data, give --as with the kind of node';
  return bytes[0] === 0x50 && bytes[1] === 0x4b
    ? `it is an archive, such as Terraform's own plan file; give it as JSON: ${planCommand}`
    : `it is no text; ${sayAs}`;
}

function utf8Of(bytes: Uint8Array): string | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = buffer.toString('utf8');
  return text.includes('\ufffd') && !Buffer.from(text).equals(buffer) ? undefined : text;
}
