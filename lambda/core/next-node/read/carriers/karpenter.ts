import { printable } from '../../../model/text/words.ts';
import { parseYaml } from '../../../read/kubelet/documents/goyaml/yaml-document.ts';
import { isTreeMap } from '../../../read/kubelet/documents/tree.ts';
import { type CarriedPiece, type Declared, type NextNodeGroup, nothing } from './carrier.ts';
import { at, childrenOf, isAbsent, itemsOf, type Located, mapOf, textAt, wordAt } from './located.ts';
import { kindByUserData, kindOfFamily, longestUserData } from './node-kinds.ts';
import { isMime, kubeletPiece, nodeConfigPart, ownCall, shellPart, userData } from './pieces.ts';

/** The fields of `spec.kubelet` that every Karpenter v1 knows; none of them is judged. */
const typedFields: ReadonlySet<string> = new Set([
  'clusterDNS',
  'cpuCFSQuota',
  'evictionHard',
  'evictionMaxPodGracePeriod',
  'evictionSoft',
  'evictionSoftGracePeriod',
  'imageGCHighThresholdPercent',
  'imageGCLowThresholdPercent',
  'kubeReserved',
  'maxPods',
  'podsPerCore',
  'systemReserved',
]);

export const isKarpenter = (document: Located): boolean =>
  /^karpenter(?:\.k8s\.aws|\.sh)\//.test(wordAt(document, 'apiVersion') ?? '');

/**
 * EC2NodeClasses and NodePools. Karpenter puts its own NodeConfig, with `spec.kubelet` in it, behind the user data.
 * Source: karpenter-provider-aws `pkg/providers/amifamily/bootstrap`, `pkg/apis/v1/ec2nodeclass.go`.
 */
export function readKarpenter(document: Located): Declared {
  const name = printable(wordAt(document, 'metadata', 'name') ?? '(no name)', 253);
  const declaredAt = document.start;
  if (wordAt(document, 'kind') === 'NodePool') {
    const nodeClass = wordAt(document, 'spec', 'template', 'spec', 'nodeClassRef', 'name');
    return nodeClass === undefined ? nothing : { ...nothing, nodePools: [{ name, nodeClass, declaredAt }] };
  }
  return wordAt(document, 'kind') === 'EC2NodeClass' ? { ...nothing, groups: [nodeClassOf(document, name)] } : nothing;
}

function nodeClassOf(document: Located, name: string): NextNodeGroup {
  const spec = at(document, 'spec');
  const family = familyOf(spec);
  const kind = family === undefined ? undefined : kindOfFamily(family);
  const data = at(spec, 'userData');
  const text = textAt(spec, 'userData');
  const base = {
    name,
    group: 'karpenter',
    cluster: kind === undefined ? 'whole' : 'eks-adds',
    declaredAt: document.start,
    ami: kind === undefined || !isEksAmi(spec) ? 'custom' : 'standard',
  } as const;
  if (!isAbsent(data) && text === undefined) return { ...base, ...unreadable(kind, 'spec.userData is no text') };

  if (text !== undefined && text.text.length > longestUserData)
    return { ...base, ...unreadable(kind, 'spec.userData is longer than any user data that EC2 takes') };

  if (text !== undefined && /\r(?!\n)/.test(text.text))
    return { ...base, ...unreadable(kind, 'spec.userData has a carriage return alone, which Karpenter takes out') };

  const kubelet = mapOf(at(spec, 'kubelet'));
  if (kubelet !== undefined && holdsNull(kubelet))
    return { ...base, ...unreadable(kind, 'spec.kubelet has a null, which the API server may drop') };
  if (kind === undefined)
    return {
      ...base,
      kind: (text && kindByUserData(text.text)) ?? 'linux',
      content: { status: 'known', pieces: text ? [userData(text)] : [] },
      notes: kubelet ? ['Karpenter does not apply spec.kubelet to the AMI family Custom'] : [],
    };

  const open = [...(kubelet?.entries.keys() ?? [])].filter((key) => !typedFields.has(key));
  const isRendered = kind === 'al2023' && kubelet !== undefined;
  const own: readonly CarriedPiece[] = isRendered ? [kubeletPiece(kubelet)] : [];
  const another = kind === 'al2' ? ownCall(text?.text) : undefined;
  const fields = open
    .slice(0, 5)
    .map((key) => printable(key, 60))
    .join(', ');
  return {
    ...base,
    kind,
    content: another ?? { status: 'known', pieces: [...(text ? [given(text, kind)] : []), ...own] },
    notes:
      open.length > 0 && isRendered
        ? [
            `spec.kubelet has fields (${fields}) that only a Karpenter whose EC2NodeClass takes any kubelet setting applies; an older one drops them`,
          ]
        : [],
    ...(open.length > 0 &&
      !isRendered && {
        refused: `Karpenter takes ${fields} of spec.kubelet for AL2023 only, and makes no node of this class`,
      }),
  };
}

export const holdsNull = (node: Located): boolean =>
  node.kind === 'scalar' ? node.value === null : childrenOf(node).some(holdsNull);

const unreadable = (kind: NextNodeGroup['kind'] | undefined, because: string) =>
  ({
    kind: kind ?? 'linux',
    content: { status: 'unknown', because },
    notes: [],
  }) as const;

type MappedText = NonNullable<ReturnType<typeof textAt>>;

/** The user data as Karpenter hands it on. */
function given(text: MappedText, kind: NextNodeGroup['kind']): CarriedPiece {
  if (kind === 'bottlerocket') return userData(text, 'karpenter');
  if (kind === 'windows' || isMime(text.text)) return userData(text);
  return kind === 'al2023' && isYamlMap(text.text) ? nodeConfigPart(text) : shellPart(text);
}

/** What Karpenter takes for a NodeConfig: YAML that is a map, or nothing at all, such as a script of comments. */
function isYamlMap(text: string): boolean {
  const parsed = parseYaml(text, 64 * 1024);
  return parsed.ok && (isTreeMap(parsed.value.tree) || parsed.value.tree === null);
}

/** As Karpenter decides: the family that is named, else that of the alias, else Custom. */
function familyOf(spec: Located | undefined): string | undefined {
  const named = wordAt(spec, 'amiFamily');
  if (named !== undefined) return named;
  return aliases(spec)[0]?.split('@')[0];
}

const aliases = (spec: Located | undefined): readonly string[] =>
  itemsOf(at(spec, 'amiSelectorTerms')).flatMap((term) => wordAt(term, 'alias') ?? []);

/** An alias, a parameter of AWS, or no selector at all is an EKS-optimized AMI; by id, name or tags anything may be chosen. */
function isEksAmi(spec: Located | undefined): boolean {
  return itemsOf(at(spec, 'amiSelectorTerms')).every(
    (term) =>
      wordAt(term, 'alias') !== undefined ||
      /^\/aws\/service\/(?:eks\/optimized-ami|bottlerocket|ami-windows-latest)\//.test(
        wordAt(term, 'ssmParameter') ?? '',
      ),
  );
}
