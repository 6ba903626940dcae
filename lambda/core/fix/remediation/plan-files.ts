import { shortHash } from '../../model/text/short-hash.ts';
import type { GroupPlan, RemediationPlan } from './plan.ts';

/** One file of `--output`. Folder and file are plain names: nothing in them leads out of the folder that was asked for. */
export interface PlanFile {
  readonly path: readonly [folder: string, file: string];
  readonly text: string;
}

/** The snippets of a plan, one folder a node group. */
export function* planFiles({ groups }: RemediationPlan): Iterable<PlanFile> {
  for (const group of groups) {
    for (const { kind, snippets } of group.lasting) {
      for (const { fileName, text } of snippets) yield { path: [folderOf(group), `${kind}-${fileName}`], text };
    }
  }
}

/** `managed-workers`; a name that had to be changed ends in its hash, so that no two groups share a folder. */
function folderOf({ group: { kind, name } }: GroupPlan): string {
  const plain = name.replaceAll(/[^A-Za-z0-9._-]+/g, '-').slice(0, 100);
  const hash = plain === name && !name.endsWith('.') ? '' : `~${shortHash(name)}`;
  return `${kind}-${plain}${hash}`;
}
