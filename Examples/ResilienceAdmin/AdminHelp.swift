enum AdminHelp {
    static let text = """
        Looks into a store and brings back what failed.

        resilience-admin COMMAND --store FILE [options]
          failed list --queue NAME [--status S] [--code C] [--context X] [--since HOURS] [--limit N] [--skip N]
          failed show ID --queue NAME        one, with its attempts, notes and trail
          failed retry ID --queue NAME       back to its queue, under the same key; what may have taken effect is
                                             found out first. --force: also what does not pass by itself.
                                             --known-not-applied: you made sure that it had no effect
          failed move ID --to STATUS --queue NAME
          failed cancel ID --queue NAME      never again
          failed recover ID --proof TEXT --queue NAME
                                             it was done elsewhere; this shows it
          failed note ID --note TEXT --queue NAME
          failed statistics --queue NAME [--since HOURS]
          queue --queue NAME                 how many wait, are tried again, are done, failed, parked
          holds --desk NAME                  the holds and bookings that are recorded
          audit SUBJECT --trail NAME         who did what: the trail failed.QUEUE, or one of your own
          health                             whether the store answers

          --by WHO    for the trail (default: $USER)     --note TEXT   why
          --yes       does not ask before what cannot be undone
          --json      one object on one line

        Exit status: 0 done; 1 refused, with the reason; 64 wrong command line; 66 no such file or record;
        70 the store failed.
        """
}
