/** `npm run test:systemd -- --full`: everything that takes minutes; without it a share that CI has time for. */
export const isFull = process.env['SYSTEMD_FULL'] === 'yes';
