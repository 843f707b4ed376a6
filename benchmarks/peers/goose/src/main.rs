//! A closed loop, as the others do it.

use goose::prelude::*;

async fn get(user: &mut GooseUser) -> TransactionResult {
    let path = std::env::var("BENCH_PATH").unwrap_or_else(|_| "/".to_owned());
    if let Ok(response) = user.get(&path).await?.response {
        let _ = response.bytes().await;
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), GooseError> {
    GooseAttack::initialize()?
        .register_scenario(scenario!("loop").register_transaction(transaction!(get)))
        .execute()
        .await?;
    Ok(())
}
