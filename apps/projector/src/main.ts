import { keepHeapSmall } from '#projections';
import { keepViews, runProgram } from '#system';

// The night shift.
keepHeapSmall();
await runProgram('projector', keepViews);
