import fc from 'fast-check';
import { runs } from '#testing';

// Before each suite of `npm run test:properties`: properties that name no number of cases try more of them too.

fc.configureGlobal({ numRuns: runs(100) });
