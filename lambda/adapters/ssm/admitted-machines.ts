import { clusterNameTags, hybridClusterTag } from '../../contract/names.ts';

/** Which machines the role's policy admits, for whoever meets its refusal. */
export const admittedMachines = `the role admits instances tagged ${clusterNameTags.slice(0, -1).join(', ')} or ${clusterNameTags.at(-1)}, and hybrid nodes tagged ${hybridClusterTag}`;
