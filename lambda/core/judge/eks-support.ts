import eks from '../../contract/eks-versions.json' with { type: 'json' };
import type { Cluster, Problem } from '../model/model.ts';
import { newerThanKnown } from '../read/kubelet/known-versions.ts';

interface Support {
  readonly extendedUntil: string;
}

const supports: ReadonlyMap<string, Support> = new Map(Object.entries(eks.versions));

/** What a reader should know about a cluster's version: EKS no longer supports it, or it is newer than this program's facts about kubelets. */
export function versionNotes({ name, version }: Pick<Cluster, 'name' | 'version'>, now: Date): readonly Problem[] {
  if (version === undefined) return [];

  const until = supports.get(version)?.extendedUntil;
  const notes: Problem[] = [];
  if (until !== undefined && now.toISOString().slice(0, 10) > until)
    notes.push({
      code: 'kubernetes-unsupported',
      message: `EKS ended its extended support for Kubernetes ${version}, the version of cluster ${name}, on ${until}`,
      remedy: 'upgrade the cluster and its nodes; EKS may upgrade its control plane at any time',
    });
  if (newerThanKnown(version) !== undefined)
    notes.push({
      code: 'kubernetes-not-known',
      message: `Kubernetes ${version}, the version of cluster ${name}, is newer than what this program knows about kubelets`,
      remedy: 'use a newer release of the program, if there is one; until then, what rests on a default is unknown',
    });
  return notes;
}
