import type { EKSClient } from '@aws-sdk/client-eks';
import type { Place } from '../../core/model.ts';
import type { RegionalClusters } from '../../core/ports.ts';
import { err, ok } from '../../core/result.ts';
import { badCredentials, isBadCredentials, placeText } from '../aws-access.ts';
import { clusterNames, describedCluster, undescribed, unlisted } from './eks-region.ts';

/** EKS of any account and Region: a fault of one is a problem, and no reason to stop. */
export function eksRegionalClusters({ client }: { readonly client: (place: Place) => EKSClient }): RegionalClusters {
  return {
    async names(place, signal) {
      const eks = { ...place, client: client(place) };
      try {
        return ok(await clusterNames(eks, signal));
      } catch (error) {
        return err(isBadCredentials(error) ? badCredentials(error, placeText(place)) : unlisted(eks, error));
      }
    },
    async describe(place, name) {
      const eks = { ...place, client: client(place) };
      try {
        return await describedCluster(eks, name);
      } catch (error) {
        return [err(isBadCredentials(error) ? badCredentials(error, placeText(place)) : undescribed(eks, name, error))];
      }
    },
  };
}
