import { doAssigned } from "../memory/assigned.ts";
import { jobs } from "./jobs/index.ts";

await doAssigned(jobs);
