import type { NodeKind } from '../../../model/model.ts';
import { printable } from '../../../model/text/words.ts';
import { parseYaml } from '../../../read/kubelet/documents/goyaml/yaml-document.ts';
import { isTreeMap } from '../../../read/kubelet/documents/tree.ts';
import {
  beforeOwnCall,
  type CarriedPiece,
  type Declared,
  known,
  kubeletPiece,
  type NextNodeGroup,
  nothing,
  part,
  unknown,
  userData,
} from './carrier.ts';
import { allIn, at, isAbsent, itemsOf, type Located, mapOf, textAt, wordAt } from './located.ts';
import type { MappedText } from './mapped-text.ts';
import { isMime, kindByUserData, kindOfFamily, longestUserData } from './node-kinds.ts';

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
  const terms = itemsOf(at(spec, 'amiSelectorTerms'));
  // As Karpenter decides: the family that is named, else that of the alias, else Custom.
  const alias = terms.flatMap((term) => wordAt(term, 'alias') ?? [])[0];
  const family = wordAt(spec, 'amiFamily') ?? alias?.split('@')[0];
  const kind = family === undefined ? undefined : kindOfFamily(family);
  const text = textAt(spec, 'userData');
  const kubelet = mapOf(at(spec, 'kubelet'));
  const open = [...(kubelet?.entries.keys() ?? [])].filter((key) => !typedFields.has(key));
  const fields = printable(open.slice(0, 5).join(', '), 300);
  const isRendered = kind === 'al2023' && kubelet !== undefined;
  const because = unreadable(spec);
  const base = {
    name,
    group: 'karpenter',
    kind: kind ?? (because === undefined && text ? kindByUserData(text.text) : undefined) ?? 'linux',
    cluster: kind === undefined ? 'whole' : 'eks-adds',
    declaredAt: document.start,
    ami: kind === undefined || !terms.every(isEksAmi) ? 'custom' : 'standard',
    notes: [],
  } as const;
  if (because !== undefined) return { ...base, content: unknown(because) };
  if (kind === undefined)
    return {
      ...base,
      content: known(...(text ? [userData(text)] : [])),
      notes: kubelet ? ['Karpenter does not apply spec.kubelet to the AMI family Custom'] : [],
    };

  const pieces = [...(text ? [given(text, kind)] : []), ...(isRendered ? [kubeletPiece(kubelet)] : [])];
  const group = { ...base, content: beforeOwnCall(kind, known(...pieces)) };
  if (open.length === 0) return group;
  return isRendered
    ? {
        ...group,
        notes: [
          `spec.kubelet has fields (${fields}) that only a Karpenter whose EC2NodeClass takes any kubelet setting applies; an older one drops them`,
        ],
      }
    : {
        ...group,
        refused: `Karpenter takes ${fields} of spec.kubelet for AL2023 only, and makes no node of this class`,
      };
}

/** What is not read, or not as Karpenter does. */
function unreadable(spec: Located | undefined): string | undefined {
  const [data, kubelet] = [at(spec, 'userData'), at(spec, 'kubelet')];
  const text = textAt(data)?.text ?? '';
  if (!isAbsent(data) && textAt(data) === undefined) return 'spec.userData is no text';
  if (text.length > longestUserData) return 'spec.userData is longer than any user data that EC2 takes';
  if (/\r(?!\n)/.test(text)) return 'spec.userData has a carriage return alone, which Karpenter takes out';
  return kubelet?.kind === 'map' && holdsNull(kubelet)
    ? 'spec.kubelet has a null, which the API server may drop'
    : undefined;
}

export const holdsNull = (node: Located): boolean => allIn(node).some(isAbsent);

/** The user data as Karpenter hands it on. What it takes for a NodeConfig is YAML that is a map, or nothing at all, such as a script of comments. */
function given(text: MappedText, kind: NodeKind): CarriedPiece {
  if (kind === 'bottlerocket') return userData(text, 'karpenter');
  if (kind === 'windows' || isMime(text.text)) return userData(text);
  const parsed = kind === 'al2023' ? parseYaml(text.text, longestUserData) : undefined;
  const isNodeConfig = parsed?.ok && (isTreeMap(parsed.value.tree) || parsed.value.tree === null);
  return part(isNodeConfig ? 'nodeConfig' : 'shell', text);
}

/** An alias or a parameter of AWS is an EKS-optimized AMI, as no selector at all is; by id, name or tags anything may be chosen. */
const isEksAmi = (term: Located): boolean =>
  wordAt(term, 'alias') !== undefined ||
  /^\/aws\/service\/(?:eks\/optimized-ami|bottlerocket|ami-windows-latest)\//.test(wordAt(term, 'ssmParameter') ?? '');
