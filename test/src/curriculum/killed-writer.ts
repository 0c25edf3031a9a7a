/** A process that dies in the middle of a bulk insert: arguments are the database file and the id of a stored run. */
import { openCurriculum } from "../../../src/curriculum/curriculum.ts";
import { newRollout } from "./records-of-a-run.ts";

const [file, runId] = process.argv.slice(2) as [string, string];
const curriculum = openCurriculum({ file, now: Date.now, random: Math.random });
const rows = Array.from({ length: 30_000 }, (_, sample) => newRollout(curriculum, runId, { sample }));
let turns = 0;
const die = () => {
  turns += 1;
  if (turns === 5) process.kill(process.pid, "SIGKILL");
  setImmediate(die);
};
setImmediate(die);
await curriculum.rollouts.insertMany(rows);
