//! What `hubbub user …` does, without a caller: whoever can run it owns the database. The audit log
//! has these lines without an actor and an address.

use crate::users::{self, NewUser};
use crate::{Result, Store, accounts, admin, audit, passwords, sessions};
use protocol::person::{self, InstanceRole};
use protocol::{Person, UserId, account};

/// How the audit log names where it came from.
const DETAIL: &str = "command line";

impl Store {
    /// Makes an account, also the first one; it is in no workspace yet.
    ///
    /// # Errors
    /// 422 for what does not fit, 409 when somebody has the handle.
    pub async fn create_user_from_cli(
        &self,
        name: &str,
        handle: &str,
        password: String,
        role: InstanceRole,
    ) -> Result<Person> {
        let (name, handle) = (person::name(name)?, person::handle(handle)?);
        account::password(&password)?;
        let password_hash = passwords::hash(self.settings().password_cost, password).await?;
        let user = NewUser { id: UserId::new(self.now()), name, handle, password_hash, role };
        let written = self.write(move |tx| {
            let user = user.clone();
            Box::pin(async move {
                accounts::note_set_up(tx).await?;
                users::insert(tx, &user).await?;
                audit::from(tx, "", None, "account.created", Some(user.id), DETAIL).await?;
                users::by_handle(tx, &user.handle).await
            })
        });
        Ok(written.await?.value)
    }

    /// Gives an account a role on the instance.
    ///
    /// # Errors
    /// 404 for a handle that nobody has, 403 for the last administrator.
    pub async fn set_user_role_from_cli(&self, handle: &str, role: InstanceRole) -> Result<Person> {
        let handle = person::handle(handle)?;
        let written = self.write(move |tx| {
            let handle = handle.clone();
            Box::pin(async move {
                let person = users::by_handle(tx, &handle).await?;
                if admin::set_role(tx, person.id, role).await? {
                    let detail = format!("{}, {DETAIL}", users::role_word(role));
                    audit::from(tx, "", None, "account.role_changed", Some(person.id), &detail).await?;
                }
                Ok(person)
            })
        });
        Ok(written.await?.value)
    }

    /// Gives an account a new password and signs it out everywhere.
    ///
    /// # Errors
    /// 404 for a handle that nobody has, 422 for a password that does not fit.
    pub async fn set_user_password_from_cli(&self, handle: &str, password: String) -> Result<Person> {
        let handle = person::handle(handle)?;
        account::password(&password)?;
        let hash = passwords::hash(self.settings().password_cost, password).await?;
        let written = self.write(move |tx| {
            let (handle, hash) = (handle.clone(), hash.clone());
            Box::pin(async move {
                let person = users::by_handle(tx, &handle).await?;
                if person.bot {
                    return Err(protocol::Error::forbidden("A bot never signs in with a password.").into());
                }
                accounts::set_password(tx, person.id, &hash).await?;
                sessions::end_all(tx, None, person.id).await?;
                audit::from(tx, "", None, "password.changed", Some(person.id), DETAIL).await?;
                Ok(person)
            })
        });
        Ok(written.await?.value)
    }
}
