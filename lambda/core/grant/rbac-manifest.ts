import { Document, visit } from 'yaml';
import { clusterRole, clusterRoleBinding, type RbacObject } from './rbac-objects.ts';

/** Both objects as `kubectl apply -f` takes them; docs/rbac.yaml is this text with a comment before it. */
export function rbacManifest(): string {
  return [clusterRole, clusterRoleBinding].map(yamlOf).join('---\n');
}

/** Lists of words on one line. */
function yamlOf(object: RbacObject): string {
  const document = new Document(object);
  visit(document, {
    Seq(_, list) {
      list.flow = list.items.every((each) => !('items' in Object(each)));
    },
  });
  return document.toString({ flowCollectionPadding: false, lineWidth: 0 });
}
