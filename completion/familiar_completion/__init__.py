"""What comes next: context, prompt, model, candidates, checks and rank."""
