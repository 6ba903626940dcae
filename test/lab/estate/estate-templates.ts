import { type NodeGroupTemplate, nodeConfig, type UserDataPart } from './node-group-templates.ts';

/** As many scripts do it: a password for a registry, which no output of the audit may have. */
const login: UserDataPart = {
  type: 'text/x-shellscript; charset="us-ascii"',
  body: '#!/bin/bash\nexport REGISTRY_PASSWORD=Tr0ub4dor-and-3-planted',
};
const open = nodeConfig('readOnlyPort: 10255');
const closed = nodeConfig('readOnlyPort: 0');

/** What node groups launch next. The nodes of payments were fixed by hand, and `workers` still opens the port by its template. */
export const nodeGroupTemplates: readonly NodeGroupTemplate[] = [
  {
    cluster: 'payments',
    name: 'workers',
    versions: [
      [login, closed],
      [login, closed, open],
    ],
    uses: 2,
  },
  { cluster: 'payments', name: 'flags', versions: [[closed], [open]], uses: 1, machines: 0 },
  { cluster: 'payments', name: 'drop-ins' },
  { cluster: 'legacy', name: 'ca-but-open', versions: [[open]] },
  { cluster: 'legacy', name: 'open', versions: [[closed]] },
];
