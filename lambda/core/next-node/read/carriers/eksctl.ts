import { printable } from '../../../model/text/words.ts';
import { type CarriedPiece, type Declared, type NextNodeGroup, nothing } from './carrier.ts';
import { holdsNull } from './karpenter.ts';
import { at, isAbsent, itemsOf, type Located, mapOf, textAt, wordAt } from './located.ts';
import { concatenated, type MappedText, mappedText } from './mapped-text.ts';
import { kindOfFamily } from './node-kinds.ts';
import { kubeletPiece, nodeConfigPart, ownCall, shellPart } from './pieces.ts';

export const isEksctl = (document: Located): boolean =>
  wordAt(document, 'kind') === 'ClusterConfig' && (wordAt(document, 'apiVersion') ?? '').startsWith('eksctl.io/');

/** What eksctl refuses in kubeletExtraConfig. Source: eksctl `pkg/apis/eksctl.io/v1alpha5/validation.go`. */
const forbidden = [
  'kind',
  'apiVersion',
  'address',
  'clusterDomain',
  'authentication',
  'authorization',
  'serverTLSBootstrap',
];

/**
 * The node groups of a ClusterConfig, with the user data that eksctl makes for them.
 * Source: eksctl `pkg/nodebootstrap/{al2023,userdata,managed_al2,bottlerocket}.go`.
 */
export function readEksctl(document: Located): Declared {
  const kubeletVersion = wordAt(document, 'metadata', 'version');
  const version = kubeletVersion === undefined ? {} : { kubeletVersion };
  const groupsOf = (key: 'nodeGroups' | 'managedNodeGroups') =>
    itemsOf(at(document, key)).map((group, index) => ({
      ...groupOf(group, { isManaged: key === 'managedNodeGroups', name: `${key}[${index}]` }),
      ...version,
    }));
  return { ...nothing, groups: [...groupsOf('nodeGroups'), ...groupsOf('managedNodeGroups')] };
}

interface GroupOptions {
  readonly isManaged: boolean;
  /** Where none is written. */
  readonly name: string;
}

function groupOf(group: Located, { isManaged, name }: GroupOptions): NextNodeGroup {
  const family = wordAt(group, 'amiFamily');
  const kind = family === undefined ? 'al2023' : kindOfFamily(family);
  const ami = wordAt(group, 'ami');
  const isCustom = ami !== undefined && !['auto', 'auto-ssm', 'static'].includes(ami);
  const base = {
    name: printable(wordAt(group, 'name') ?? name, 253),
    group: isManaged ? 'managed' : 'self-managed',
    kind: kind ?? 'linux',
    ami: isCustom || kind === undefined ? 'custom' : 'standard',
    cluster: 'eks-adds',
    declaredAt: group.start,
    notes: family === undefined ? ['no amiFamily is named: AmazonLinux2023, as eksctl takes it now'] : [],
  } as const;

  const template = at(group, 'launchTemplate');
  if (isManaged && !isAbsent(template))
    return {
      ...base,
      content: unknown(
        'its user data is in the launch template that the file names; judge what aws ec2 describe-launch-template-versions prints of it',
      ),
    };

  const scripts = itemsOf(at(group, 'preBootstrapCommands'));
  const override = at(group, 'overrideBootstrapCommand');
  const commands = [...scripts, ...(isAbsent(override) ? [] : [override])].map((each) => each && textAt(each));
  if (commands.includes(undefined))
    return { ...base, content: unknown('preBootstrapCommands or overrideBootstrapCommand is no text') };

  const written = textAt(group, 'overrideBootstrapCommand');
  if (base.kind === 'al2023' && written && hasOtherSpelling(written.text))
    return {
      ...base,
      content: unknown(
        'overrideBootstrapCommand spells fields of NodeConfig in a way that eksctl takes and nodeadm does not',
      ),
    };

  const extra = at(group, 'kubeletExtraConfig');
  const refused = refusalOf(extra, isManaged);
  return {
    ...base,
    content: contentOf(group, { kind: base.kind, isManaged, isCustom }),
    ...(refused !== undefined && { refused }),
  };
}

/** eksctl decodes the text without regard to case, and writes it anew. */
const hasOtherSpelling = (text: string): boolean =>
  [...text.matchAll(/\b(?:apiVersion|kind|spec|kubelet|config|flags)\b(?=["']?\s*:)/gi)].some(
    ([key]) => !/^(?:apiVersion|kind|spec|kubelet|config|flags)$/.test(key),
  );

const unknown = (because: string) => ({ status: 'unknown', because }) as const;

interface ContentOptions {
  readonly kind: NextNodeGroup['kind'];
  readonly isManaged: boolean;
  readonly isCustom: boolean;
}

function contentOf(group: Located, { kind, isManaged, isCustom }: ContentOptions): NextNodeGroup['content'] {
  if (kind === 'bottlerocket') return bottlerocket(at(group, 'bottlerocket', 'settings'));

  const scripts = itemsOf(at(group, 'preBootstrapCommands')).flatMap((each) => textAt(each) ?? []);
  const override = textAt(group, 'overrideBootstrapCommand');
  const extra = isManaged ? undefined : mapOf(at(group, 'kubeletExtraConfig'));
  const own = extra ? [kubeletPiece(extra)] : [];
  const pre = scripts.map((each) => shellPart(behindShebang(each)));

  if (kind === 'al2023') return known([...own, ...pre, ...(override ? [nodeConfigPart(override)] : [])]);
  if (override) {
    // Of a managed group without an AMI id EKS's own call of bootstrap.sh is the last part all the same.
    const another = isManaged && !isCustom ? ownCall(override.text) : undefined;
    return another ?? known([...pre, shellPart(behindShebang(override))]);
  }
  if (own.length > 0) return unknown('of Amazon Linux 2, kubeletExtraConfig is not read');
  return known(pre);
}

const known = (pieces: readonly CarriedPiece[]) => ({ status: 'known', pieces }) as const;

/** eksctl puts the line before each command. */
const behindShebang = (command: MappedText): MappedText => {
  const start = command.runs[0]?.start ?? 0;
  return command.text.startsWith('#!')
    ? command
    : concatenated([mappedText([{ text: '#!/bin/bash\n', start, end: start }], command.spelling), command]);
};

function refusalOf(extra: Located | undefined, isManaged: boolean): string | undefined {
  if (isAbsent(extra)) return undefined;
  if (isManaged) return 'eksctl has no kubeletExtraConfig for a managed node group, and refuses the file';

  const found = forbidden.filter((key) => mapOf(extra)?.entries.has(key));
  return found.length > 0 ? `eksctl refuses kubeletExtraConfig with ${found.join(', ')}` : undefined;
}

function bottlerocket(settings: Located | undefined): NextNodeGroup['content'] {
  if (isAbsent(settings)) return known([]);
  const root = mapOf(settings);
  if (root === undefined) return unknown('bottlerocket.settings is no map');
  return holdsNull(root) ? unknown('bottlerocket.settings holds a null') : known([kubeletPiece(root)]);
}
