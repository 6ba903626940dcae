import { it } from 'vitest';
import { type ListingRow, listingRows } from '../../../../../lambda/core/read/kubelet/command-line/listing-rows.ts';
import { expectReviewed } from '../reviewed-rows.ts';

const said = ({ text, host, kind }: ListingRow): string => (kind === 'text' ? `${host}${JSON.stringify(text)}` : kind);

// Prompts, fences, marks, colours, odd signs, hosts and gaps, with near misses of each.
it('finds in each text the rows that were reviewed', async () => {
  const rowsOf = (text: string) => listingRows(text).map(said).join('; ');
  await expectReviewed(new URL('listing-rows.txt', import.meta.url), rowsOf);
});
