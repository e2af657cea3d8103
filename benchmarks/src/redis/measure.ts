import { doAssigned } from "../assigned.ts";
import { jobs } from "./jobs/index.ts";

await doAssigned(jobs);
