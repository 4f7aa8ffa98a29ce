import { answerJobs } from '../tools/thread-worker.ts';
import { check, tile, values, type PreviewJob } from './opened.ts';

answerJobs(
  (job: PreviewJob): unknown => {
    if (job.kind === 'check') return check(job);
    return job.kind === 'tile' ? tile(job.file, job.coord, job.caps) : values(job.file, job.column);
  },
  (result) => (result instanceof Float64Array ? [result.buffer as ArrayBuffer] : []),
);
