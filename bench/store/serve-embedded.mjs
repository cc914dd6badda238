// The embedded store in a process of its own, for the measurements: node serve-embedded.mjs <folder>
import { startEventStore } from '#event-store-embedded';

const server = await startEventStore({ folder: process.argv[2] });
process.send?.(server.connectionString);
process.on('message', () => server.close().then(() => process.exit(0)));
process.on('disconnect', () => process.exit(0));
