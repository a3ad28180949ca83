"""The pages of samples: handing in and following (`mine`), receiving and testing (`crew`)."""
