import type { NodeKind } from '../../../model/model.ts';
import { printable } from '../../../model/text/words.ts';
import {
  beforeOwnCall,
  type Content,
  type Declared,
  known,
  kubeletPiece,
  type NextNodeGroup,
  nothing,
  part,
  unknown,
} from './carrier.ts';
import { holdsNull } from './karpenter.ts';
import { at, isAbsent, itemsOf, type Located, mapOf, textAt, wordAt } from './located.ts';
import { concatenated, type MappedText, wholeText } from './mapped-text.ts';
import { kindOfFamily } from './node-kinds.ts';

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
  const groups = (['nodeGroups', 'managedNodeGroups'] as const).flatMap((key) =>
    itemsOf(at(document, key)).map((group, index) => ({
      ...groupOf(group, key === 'managedNodeGroups', `${key}[${index}]`),
      ...(kubeletVersion !== undefined && { kubeletVersion }),
    })),
  );
  return { ...nothing, groups };
}

function groupOf(group: Located, isManaged: boolean, unnamed: string): NextNodeGroup {
  const family = wordAt(group, 'amiFamily');
  const ofFamily = family === undefined ? 'al2023' : kindOfFamily(family);
  const kind = ofFamily ?? 'linux';
  const isCustom = !['auto', 'auto-ssm', 'static'].includes(wordAt(group, 'ami') ?? 'auto');
  const extra = at(group, 'kubeletExtraConfig');
  const found = forbidden.filter((key) => mapOf(extra)?.entries.has(key));
  const refused =
    isManaged && !isAbsent(extra)
      ? 'eksctl has no kubeletExtraConfig for a managed node group, and refuses the file'
      : found.length > 0 && `eksctl refuses kubeletExtraConfig with ${found.join(', ')}`;
  const content = contentOf(group, kind, isManaged);
  return {
    name: printable(wordAt(group, 'name') ?? unnamed, 253),
    group: isManaged ? 'managed' : 'self-managed',
    kind,
    ami: isCustom || ofFamily === undefined ? 'custom' : 'standard',
    cluster: 'eks-adds',
    declaredAt: group.start,
    notes: family === undefined ? ['no amiFamily is named: AmazonLinux2023, as eksctl takes it now'] : [],
    content: isManaged && !isCustom ? beforeOwnCall(kind, content) : content,
    ...(refused && { refused }),
  };
}

/** eksctl decodes the text without regard to case, and writes it anew. */
const hasOtherSpelling = (text: string): boolean =>
  [...text.matchAll(/\b(?:apiVersion|kind|spec|kubelet|config|flags)\b(?=["']?\s*:)/gi)].some(
    ([key]) => !/^(?:apiVersion|kind|spec|kubelet|config|flags)$/.test(key),
  );

function contentOf(group: Located, kind: NodeKind, isManaged: boolean): Content {
  if (isManaged && !isAbsent(at(group, 'launchTemplate')))
    return unknown(
      'its user data is in the launch template that the file names; judge what aws ec2 describe-launch-template-versions prints of it',
    );
  const given = itemsOf(at(group, 'preBootstrapCommands'));
  const scripts = given.flatMap((each) => textAt(each) ?? []);
  const override = textAt(group, 'overrideBootstrapCommand');
  if (scripts.length < given.length || (!override && !isAbsent(at(group, 'overrideBootstrapCommand'))))
    return unknown('preBootstrapCommands or overrideBootstrapCommand is no text');

  if (kind === 'bottlerocket') {
    const settings = at(group, 'bottlerocket', 'settings');
    const root = mapOf(settings);
    if (root === undefined) return isAbsent(settings) ? known() : unknown('bottlerocket.settings is no map');
    return holdsNull(root) ? unknown('bottlerocket.settings holds a null') : known(kubeletPiece(root));
  }
  const pre = scripts.map((each) => part('shell', behindShebang(each)));
  const extra = isManaged ? undefined : mapOf(at(group, 'kubeletExtraConfig'));
  const own = extra ? [kubeletPiece(extra)] : [];
  if (kind === 'al2023') {
    if (override && hasOtherSpelling(override.text))
      return unknown(
        'overrideBootstrapCommand spells fields of NodeConfig in a way that eksctl takes and nodeadm does not',
      );
    return known(...own, ...pre, ...(override ? [part('nodeConfig', override)] : []));
  }
  if (override) return known(...pre, part('shell', behindShebang(override)));
  return own.length > 0 ? unknown('of Amazon Linux 2, kubeletExtraConfig is not read') : known(...pre);
}

/** eksctl puts the line before each command. */
const behindShebang = (command: MappedText): MappedText =>
  command.text.startsWith('#!')
    ? command
    : concatenated([{ ...wholeText('#!/bin/bash\n', command.at[0] ?? 0), spelling: command.spelling }, command]);
