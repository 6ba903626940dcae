import { nearest } from '../contract/nearest.ts';
import { UsageError } from '../core/model/operator-error.ts';

/** Every Region of AWS has one of these in its name, so that no list of Regions has to be kept up to date. */
const directions = ['north', 'northeast', 'east', 'southeast', 'south', 'southwest', 'west', 'northwest', 'central'];

/**
 * Refuses a Region that a person misspelled: AWS has no name for it, and the calls would only find no address.
 * @throws UsageError with what may have been meant
 */
export function checkTypedRegion(region: string): void {
  const [, direction = ''] = /-([a-z]+)-\d+$/.exec(region) ?? [];
  if (direction === '' || directions.includes(direction)) return;
  const meant = nearest(direction, directions);
  throw new UsageError(
    `'${region}' is no Region; ${meant ? `did you mean ${region.replace(`-${direction}-`, `-${meant}-`)}?` : 'give one such as eu-west-1'}`,
  );
}
