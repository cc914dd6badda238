import { keepViews, runProgram } from '#system';

// The night shift.
await runProgram('projector', keepViews);
